"""JSON Schemas of what comes in and what goes out, and the document made of them."""
