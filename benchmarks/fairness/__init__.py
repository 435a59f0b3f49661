"""How long another person waits behind somebody who asks a lot."""
