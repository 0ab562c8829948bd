"""Read the application to serve from templates, cloud assemblies and deployed stacks."""
