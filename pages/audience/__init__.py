"""Who matches a rule: how many, who, since when, and why."""
