"""Where the app is installed: by OAuth, in any number of workspaces and organisations."""
