"""Hunts: properties of claims that speak of all cases, tried on a zoo of networks."""
