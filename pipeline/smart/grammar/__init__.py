"""The grammar of Smart Generate: from a marketer's words to a definition of the rule language.

`tokens` looks phrases up in the lexicon (`subjects`, `times`, `dates`, `amounts`,
`words`), and in the `names` of the event types that there are; `clauses` parts them, `windows` and
`conditions` make a definition of each clause, `joining` one of all. A token is either put to use or
left over, so that nothing is dropped unnoticed: `answering` says which.
"""
