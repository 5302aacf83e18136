"""The migrations, in order of their number: `NNNN_name.sql`, each one transaction.

A migration must suit the release before it, since both run side by side during an upgrade: add first, use
in the next release, remove in the one after. One that landed is never edited; `schema.sql` is their sum.
"""
