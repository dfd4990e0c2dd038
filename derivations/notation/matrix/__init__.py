"""Matrix notation: index form raised to it. The graph of a product, chains of factors, their arrangement."""
