"""Native gates: circuits rewritten, routed and spelled for a device, angles left free."""
