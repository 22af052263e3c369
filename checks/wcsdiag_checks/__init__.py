"""The checks that come with wcsdiag: one module per subject, collected by walking this package."""
