"""Working hours: their arithmetic, the hours of a queue with its days off, and the pages on which days off are set."""
