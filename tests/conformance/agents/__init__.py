"""Stand-ins for the machines of systems that cannot be had: each runs a rendered file as its vendor documents it."""
