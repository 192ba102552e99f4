"""How mail, visitors and agents come into tickets: arrival, threading, reply policy, new tickets."""
