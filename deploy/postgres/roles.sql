-- Makes the database, its owner, who migrates, and the role of the service, which reads and writes.
-- Run it once with psql 14 or newer, as a superuser of PostgreSQL. compose.yaml runs it when the server is new.
\set ON_ERROR_STOP on
\getenv owner_password DOCMAP_OWNER_PASSWORD
\getenv app_password DOCMAP_APP_PASSWORD
CREATE ROLE docmap_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE docmap_app LOGIN PASSWORD :'app_password';
-- The locale sets no order that the service depends on. C is the same on every system and survives its upgrades.
CREATE DATABASE docmap OWNER docmap_owner ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
\connect docmap
CREATE SCHEMA docmap AUTHORIZATION docmap_owner;
GRANT USAGE ON SCHEMA docmap TO docmap_app;
-- For each table that a migration adds: no grant is needed after an upgrade.
ALTER DEFAULT PRIVILEGES FOR ROLE docmap_owner IN SCHEMA docmap
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO docmap_app;
