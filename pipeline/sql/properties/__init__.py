"""What is under a path in a JSON column: its text, its number, its scalar, whether it is there.

A path is one step or several: a string is a key, taken literally whatever dots, quotes or dollars
are in it; a whole number picks an array element. A key of an array, or a number in an object, leads
nowhere. JSON null counts as nothing.
"""
