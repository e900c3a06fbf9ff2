"""What the Customers page is made of."""
