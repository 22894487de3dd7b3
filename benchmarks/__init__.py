"""What this project costs, beside what people would use instead and beside the physical limit."""
