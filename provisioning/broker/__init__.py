"""The fleet's brokers: a hardened mosquitto, its accounts, a private one for demonstrations, and the probe that looks
at any broker before it is trusted.
"""
