"""The rule builder: a segment's definition, composed without writing JSON.

`tree` is a rule that may be unfinished, and `drafts` the segments that a visitor has begun;
`mistakes` says what a rule lacks. `cards` draws it, with the `forms` of the kinds, whose `inputs`
offer what is `known`, and the `actions` on each rule. `prompt`, `definition` and `saving` are the
other ways in and out.
"""
