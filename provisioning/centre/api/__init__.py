"""The centre over HTTP: who may ask what, for programs and for the console's pages alike."""
