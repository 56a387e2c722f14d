"""Estonian dates and numbers: 23. november, 16:40; thousands are parted from five digits on (see templatetags)."""

DATE_FORMAT = "j. F Y"
MONTH_DAY_FORMAT = "j. F"
SHORT_DATE_FORMAT = "j. b Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j. F Y, H:i"
SHORT_DATETIME_FORMAT = "j. b, H:i"
DECIMAL_SEPARATOR = ","
THOUSAND_SEPARATOR = "\N{NO-BREAK SPACE}"
NUMBER_GROUPING = 3
FIRST_DAY_OF_WEEK = 1
