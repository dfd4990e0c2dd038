"""Every single slip on a formula."""
