"""All routes with which people show who they are and what they have."""

from fastapi import FastAPI

from hall.api.gate import Gate
from hall.api.guides import Guides
from hall.api.presentations import add_outsides, add_presentations
from hall.api.share_page import add_share_page
from hall.api.window_certificates import add_window_certificates
from hall.service import Service
from hall.showing import Showing


def add_showing(app: FastAPI, gate: Gate, guides: Guides, service: Service, showing: Showing) -> None:
    """For terminals, windows, clerks' phones and operations."""
    add_presentations(app, gate, guides, showing.presentations, showing.attachments, showing.shares)
    add_window_certificates(app, gate, service, showing.attachments)
    add_share_page(app, service, showing.shares, showing.faces)
    add_outsides(app, gate, showing.outsides)
