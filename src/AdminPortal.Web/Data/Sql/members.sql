-- What the lists of members need beyond what the model builder can say. docs/adr/0011-a-map-for-the-search.md says why.
CREATE INDEX ix_members_address ON members (lower(email));
CREATE INDEX ix_invitations_pending_address ON invitations (lower(email)) WHERE status = 'pending';

-- The map: each order of those who are there, cut into blocks; and for each three characters that occur, the blocks in which somebody has them.
CREATE TABLE member_map (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  members integer NOT NULL,
  blocks integer NOT NULL,
  added integer NOT NULL DEFAULT 0,
  built_at timestamptz NOT NULL);
-- A block never ends between people of the same value, and in the order of roles never holds two of them: an index scan that is bounded by a
-- whole row goes on to the end of what is equal in its first column.
CREATE TABLE member_blocks (
  sort text COLLATE "C" NOT NULL, no integer NOT NULL, role text COLLATE "C",
  name text COLLATE portal_name, email text COLLATE "C", joined_at timestamptz,
  to_name text COLLATE portal_name, to_email text COLLATE "C", to_joined_at timestamptz,
  PRIMARY KEY (sort, no));
CREATE INDEX ix_member_blocks_name ON member_blocks (name) WHERE sort = 'name';
CREATE INDEX ix_member_blocks_email ON member_blocks (email) WHERE sort = 'email';
CREATE INDEX ix_member_blocks_role ON member_blocks (role, name) WHERE sort = 'role';
CREATE INDEX ix_member_blocks_joined ON member_blocks (joined_at) WHERE sort = 'joined';
CREATE TABLE member_windows (
  code integer PRIMARY KEY,
  by_name bit(2048) NOT NULL, by_email bit(2048) NOT NULL, by_role bit(2048) NOT NULL, by_joined bit(2048) NOT NULL);
-- Who is not on the map yet: a search looks at them one by one.
CREATE TABLE member_unmapped (member_id uuid NOT NULL);

-- The number of each three characters of a text, for example 'ada' of ' ada lovelace ada@example.com'. Characters beyond Latin share 16 numbers,
-- so that no alphabet makes the map grow. MemberWindow.cs does the same.
CREATE FUNCTION member_window_codes(text) RETURNS SETOF integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT DISTINCT ((c[1] * 608) + c[2]) * 608 + c[3]
  FROM generate_series(1, length($1) - 2) AS i,
       LATERAL (SELECT array_agg(CASE WHEN a < 592 THEN a ELSE 592 + a % 16 END ORDER BY n) AS c
                FROM generate_series(0, 2) AS n, LATERAL (SELECT ascii(substr($1, i + n, 1)) AS a) AS character) AS codes
$$;

-- Whoever writes members, by whatever way: rows that stand elsewhere or are called otherwise now are noted with the change itself.
CREATE FUNCTION members_written() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM written) THEN RETURN NULL; END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO member_unmapped SELECT id FROM written;
  ELSE
    INSERT INTO member_unmapped SELECT n.id FROM written n JOIN before o ON o.id = n.id
    WHERE (n.search, n.role, n.name, n.email, n.joined_at) IS DISTINCT FROM (o.search, o.role, o.name, o.email, o.joined_at)
       OR (n.left_at IS NULL AND o.left_at IS NOT NULL);
  END IF;
  PERFORM pg_notify('portal', 'members');
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION members_written() FROM PUBLIC;
CREATE TRIGGER written_new AFTER INSERT ON members REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION members_written();
CREATE TRIGGER written AFTER UPDATE ON members REFERENCING OLD TABLE AS before NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION members_written();
