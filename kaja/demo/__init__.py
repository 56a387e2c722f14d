"""The demo company: Nordwind Robotics, invented. Fills an empty database, the same each time for the same seed."""
