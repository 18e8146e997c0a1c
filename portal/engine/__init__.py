"""The calculation engine: plans, sales and members in, earnings and their reasons out. Pure and columnar.

It reads no clock, no database and no request; `now` and `as_of` are arguments. Measuring is Narwhals (Int64 sums),
rating is exact on the few grouped rows. A release that changes any result raises `VERSION`.
"""

VERSION = "2.0"
