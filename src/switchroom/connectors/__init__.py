"""Systems of customer records behind one Protocol, and the desk that joins them with calls."""
