-- The two database roles of AdminPortal, for the database administrator. Needs PostgreSQL 15 or newer. Run it as often as you like.
--
--   1. psql -d postgres -f docs/database-roles.sql
--   2. psql -d postgres -c 'CREATE DATABASE adminportal OWNER adminportal_owner'
--   3. psql -d adminportal -f docs/database-roles.sql           (the same file: now it closes the new database to everybody else)
--   4. psql -d postgres -c '\password adminportal_owner' -c '\password adminportal_app'
--
-- Passwords are never in this file. The owner's goes only to whoever runs `AdminPortal.Web migrate`; the portal is given
-- the other one, and refuses to start when that role owns a table, is a superuser or can become the owner.

DO $$
BEGIN
  -- Two sessions may run this at once; roles belong to the whole server.
  BEGIN CREATE ROLE adminportal_owner LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
  BEGIN CREATE ROLE adminportal_app LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
END $$;

DO $$
BEGIN
  -- Roles that are as they should be are left alone: only a superuser may take some of these away, even if there is nothing to take.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('adminportal_owner', 'adminportal_app') AND (rolcreatedb OR rolcreaterole OR NOT rolcanlogin)) THEN
    ALTER ROLE adminportal_owner LOGIN NOCREATEDB NOCREATEROLE;
    ALTER ROLE adminportal_app LOGIN NOCREATEDB NOCREATEROLE;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname IN ('adminportal_owner', 'adminportal_app') AND (rolsuper OR rolbypassrls OR rolreplication)) THEN
    ALTER ROLE adminportal_owner NOSUPERUSER NOBYPASSRLS NOREPLICATION;
    ALTER ROLE adminportal_app NOSUPERUSER NOBYPASSRLS NOREPLICATION;
  END IF;
  IF EXISTS (SELECT FROM pg_auth_members WHERE roleid = 'adminportal_owner'::regrole AND member = 'adminportal_app'::regrole) THEN
    REVOKE adminportal_owner FROM adminportal_app;
  END IF;
  -- Inside the portal's own database nobody else connects, and only the owner creates. What the portal may do in it, the migrations grant.
  IF EXISTS (SELECT FROM pg_database WHERE datname = current_database() AND datdba = 'adminportal_owner'::regrole) THEN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO adminportal_app', current_database());
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM adminportal_app;
  END IF;
END $$;
