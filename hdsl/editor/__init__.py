"""The language server: what an editor shows of `.hg` files while they are written."""
