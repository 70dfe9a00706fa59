"""The rules as code: verdicts, rebuilt models, files, the command."""
