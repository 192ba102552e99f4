"""Which kind of mail it is: bounces, delivery reports, automatic replies."""
