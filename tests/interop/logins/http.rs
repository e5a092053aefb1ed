//! Logins in HTTP: our client at Apache's mod_auth_gssapi, and curl at our server.
