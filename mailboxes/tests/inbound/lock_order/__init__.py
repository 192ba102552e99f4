"""Scripts that change the same rows at the same moment; `test_lock_order.py` runs each in a process of its own."""
