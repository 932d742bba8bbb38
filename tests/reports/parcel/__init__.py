"""Claims about `reports/parcel`."""
