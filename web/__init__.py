"""The pages people use: templates, static files, thin routes over the same gateway and reads as the API."""
