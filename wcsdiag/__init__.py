"""wcsdiag: says why the REST hooks of Flashphoner Web Call Server do not flow."""

__version__ = "0.1.0"
