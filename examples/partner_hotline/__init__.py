"""A small partner that plays the 12345 hotline: what a partner's developer has to build, and no more.

It takes signed events, keeps them, and answers by hand (a page, a command) or by words in the matter. Like every
example it stands on its own: it imports nothing of the product. docs/partners.md tells the rules it plays by.
"""
