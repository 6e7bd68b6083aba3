"""The terminal's side of the fleet: takes configuration on probation, keeps the kiosk running, tells how it is."""
