"""One public function per use case, each its own transaction."""
