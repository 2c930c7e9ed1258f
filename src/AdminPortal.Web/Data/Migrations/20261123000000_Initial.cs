using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace AdminPortal.Web.Data.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:CollationDefinition:portal_name", "und,und,icu,True")
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateSequence<int>(
                name: "removal_numbers",
                startValue: 1001L);

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor_object_id = table.Column<string>(type: "text", nullable: false),
                    actor_tenant_id = table.Column<string>(type: "text", nullable: false),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    instance = table.Column<string>(type: "text", nullable: false),
                    action = table.Column<string>(type: "text", nullable: false),
                    object_type = table.Column<string>(type: "text", nullable: false),
                    object_id = table.Column<string>(type: "text", nullable: false),
                    object_label = table.Column<string>(type: "text", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    details = table.Column<string>(type: "jsonb", nullable: true),
                    command_id = table.Column<Guid>(type: "uuid", nullable: true),
                    intent_sequence = table.Column<long>(type: "bigint", nullable: true),
                    correlation_id = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.sequence);
                    table.CheckConstraint("ck_audit_entries_outcome", "outcome IN ('intended', 'done', 'refused', 'failed')");
                    table.CheckConstraint("ck_audit_entries_source", "source IN ('page', 'worker')");
                });

            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true),
                    xml = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "logged_deeds",
                columns: table => new
                {
                    uri = table.Column<string>(type: "text", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    occurred_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: true),
                    membership_uri = table.Column<string>(type: "text", nullable: true),
                    invitation_uri = table.Column<string>(type: "text", nullable: true),
                    email = table.Column<string>(type: "text", nullable: true),
                    before = table.Column<string>(type: "text", nullable: true),
                    after = table.Column<string>(type: "text", nullable: true),
                    actor_name = table.Column<string>(type: "text", nullable: true),
                    actor_uri = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_logged_deeds", x => x.uri);
                    table.CheckConstraint("ck_logged_deeds_kind", "kind IN ('joined', 'returned', 'left', 'role_changed', 'renamed', 'email_changed', 'invited', 'invitation_accepted', 'invitation_declined', 'invitation_revoked', 'invitation_vanished')");
                });

            migrationBuilder.CreateTable(
                name: "members",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    left_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    joined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false, collation: "portal_name"),
                    email = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    search = table.Column<string>(type: "text", nullable: false, computedColumnSql: "lower((name || ' ' || email) COLLATE portal_name)", stored: true, collation: "C"),
                    uri = table.Column<string>(type: "text", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    scheduling_url = table.Column<string>(type: "text", nullable: true),
                    time_zone = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_members", x => x.id);
                })
                .Annotation("Npgsql:StorageParameter:autovacuum_vacuum_insert_scale_factor", "0.005")
                .Annotation("Npgsql:StorageParameter:autovacuum_vacuum_scale_factor", "0.005")
                .Annotation("Npgsql:StorageParameter:fillfactor", 90);

            migrationBuilder.CreateTable(
                name: "people",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    object_id = table.Column<string>(type: "text", nullable: false),
                    tenant_id = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    roles = table.Column<string[]>(type: "text[]", nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    roles_confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    approver_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    blocked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    blocked_by = table.Column<Guid>(type: "uuid", nullable: true),
                    blocked_by_name = table.Column<string>(type: "text", nullable: true),
                    blocked_reason = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_people", x => x.id);
                    table.UniqueConstraint("ak_people_id_object_id_tenant_id", x => new { x.id, x.object_id, x.tenant_id });
                    table.CheckConstraint("ck_people_blocked", "num_nulls(blocked_at, blocked_by, blocked_by_name, blocked_reason) IN (0, 4) AND blocked_by <> id");
                    table.ForeignKey(
                        name: "fk_people_people_blocked_by",
                        column: x => x.blocked_by,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "policy_versions",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    canonical = table.Column<string>(type: "text", nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_policy_versions", x => x.hash);
                    table.CheckConstraint("ck_policy_versions_hash", "hash = sha256(convert_to(canonical, 'UTF8'))");
                });

            migrationBuilder.CreateTable(
                name: "request_budgets",
                columns: table => new
                {
                    calendly_user_uri = table.Column<string>(type: "text", nullable: false),
                    per_minute = table.Column<int>(type: "integer", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    awaiting = table.Column<bool>(type: "boolean", nullable: false),
                    held_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    share = table.Column<double>(type: "double precision", nullable: false),
                    slowed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    others_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    remaining = table.Column<int>(type: "integer", nullable: true),
                    measured_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    resets_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_request_budgets", x => x.calendly_user_uri);
                    table.CheckConstraint("ck_request_budgets_per_minute", "per_minute > 0");
                    table.CheckConstraint("ck_request_budgets_share", "share > 0 AND share <= 1");
                });

            migrationBuilder.CreateTable(
                name: "column_choices",
                columns: table => new
                {
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    columns = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_column_choices", x => x.person_id);
                    table.CheckConstraint("ck_column_choices_bounded", "length(columns) <= 400");
                    table.ForeignKey(
                        name: "fk_column_choices_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "connections",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    problem = table.Column<string>(type: "text", nullable: true),
                    problem_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_because = table.Column<string>(type: "text", nullable: true),
                    calendly_user_uri = table.Column<string>(type: "text", nullable: false),
                    calendly_name = table.Column<string>(type: "text", nullable: false),
                    calendly_email = table.Column<string>(type: "text", nullable: false),
                    calendly_role = table.Column<string>(type: "text", nullable: false),
                    scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    unknown_scopes = table.Column<string[]>(type: "text[]", nullable: false),
                    protected_access_token = table.Column<string>(type: "text", nullable: true),
                    protected_refresh_token = table.Column<string>(type: "text", nullable: true),
                    access_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    generation = table.Column<int>(type: "integer", nullable: false),
                    refresh_lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    refresh_fence = table.Column<long>(type: "bigint", nullable: false),
                    refresh_not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    refresh_failures = table.Column<int>(type: "integer", nullable: false),
                    connected_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_refreshed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_connections", x => x.id);
                    table.CheckConstraint("ck_connections_ended_because", "ended_because IN ('blocked', 'lost_role', 'left_calendly', 'demoted', 'other_account')");
                    table.CheckConstraint("ck_connections_kind", "kind IN ('o_auth', 'personal_access_token')");
                    table.CheckConstraint("ck_connections_state", "state IN ('healthy', 'needs_reconnect', 'disconnected')");
                    table.ForeignKey(
                        name: "fk_connections_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "invitations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    uri = table.Column<string>(type: "text", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    invited_by = table.Column<Guid>(type: "uuid", nullable: true),
                    revoked_by = table.Column<Guid>(type: "uuid", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_invitations", x => x.id);
                    table.ForeignKey(
                        name: "fk_invitations_people_invited_by",
                        column: x => x.invited_by,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_invitations_people_revoked_by",
                        column: x => x.revoked_by,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "oauth_attempts",
                columns: table => new
                {
                    state_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    browser_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    session_id = table.Column<Guid>(type: "uuid", nullable: true),
                    protected_verifier = table.Column<string>(type: "text", nullable: false),
                    return_url = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_oauth_attempts", x => x.state_hash);
                    table.ForeignKey(
                        name: "fk_oauth_attempts_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "person_calendly_users",
                columns: table => new
                {
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    calendly_user_uri = table.Column<string>(type: "text", nullable: false),
                    first_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_calendly_users", x => new { x.person_id, x.calendly_user_uri });
                    table.ForeignKey(
                        name: "fk_person_calendly_users_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "removal_switch",
                columns: table => new
                {
                    singleton = table.Column<bool>(type: "boolean", nullable: false),
                    paused_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    paused_by = table.Column<Guid>(type: "uuid", nullable: true),
                    paused_by_name = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removal_switch", x => x.singleton);
                    table.CheckConstraint("ck_removal_switch_says_why", "paused_at IS NULL OR (paused_by IS NOT NULL AND length(btrim(reason)) >= 15) IS TRUE");
                    table.CheckConstraint("ck_removal_switch_singleton", "singleton");
                    table.ForeignKey(
                        name: "fk_removal_switch_people_paused_by",
                        column: x => x.paused_by,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "saved_views",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    place = table.Column<int>(type: "integer", nullable: false),
                    saved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_views", x => x.id);
                    table.CheckConstraint("ck_saved_views_bounded", "place BETWEEN 1 AND 30 AND length(name) BETWEEN 1 AND 60 AND length(address) <= 4000");
                    table.ForeignKey(
                        name: "fk_saved_views_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    person_id = table.Column<Guid>(type: "uuid", nullable: false),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_sessions_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "activity_feed",
                columns: table => new
                {
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    problem = table.Column<string>(type: "text", nullable: true),
                    tried_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    read_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    read_to = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    behind = table.Column<bool>(type: "boolean", nullable: false),
                    news_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    fence = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_activity_feed", x => x.organization_uri);
                    table.CheckConstraint("ck_activity_feed_state", "state IN ('unknown', 'reading', 'not_enterprise', 'missing_scope', 'refused')");
                    table.ForeignKey(
                        name: "fk_activity_feed_connections_connection_id",
                        column: x => x.connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "grant_revocations",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: true),
                    is_incomplete = table.Column<bool>(type: "boolean", nullable: false),
                    protected_refresh_token = table.Column<string>(type: "text", nullable: true),
                    protected_access_token = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_grant_revocations", x => x.id);
                    table.ForeignKey(
                        name: "fk_grant_revocations_connections_connection_id",
                        column: x => x.connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "organization",
                columns: table => new
                {
                    singleton = table.Column<bool>(type: "boolean", nullable: false),
                    uri = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    plan = table.Column<string>(type: "text", nullable: false),
                    pinned_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    pinned_by = table.Column<Guid>(type: "uuid", nullable: false),
                    directory_connection_id = table.Column<Guid>(type: "uuid", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_organization", x => x.singleton);
                    table.CheckConstraint("ck_organization_singleton", "singleton");
                    table.ForeignKey(
                        name: "fk_organization_connections_directory_connection_id",
                        column: x => x.directory_connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "removal_requests",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    organization_name = table.Column<string>(type: "text", nullable: false),
                    requester_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requester_object_id = table.Column<string>(type: "text", nullable: false),
                    requester_tenant_id = table.Column<string>(type: "text", nullable: false),
                    requester_name = table.Column<string>(type: "text", nullable: false),
                    requester_address = table.Column<string>(type: "text", nullable: false),
                    requester_calendly_users = table.Column<string[]>(type: "text[]", nullable: false),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: false),
                    acting_calendly_user = table.Column<string>(type: "text", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    ticket = table.Column<string>(type: "text", nullable: true),
                    not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    approvals_needed = table.Column<int>(type: "integer", nullable: false),
                    policy_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    hold = table.Column<TimeSpan>(type: "interval", nullable: false),
                    window = table.Column<TimeSpan>(type: "interval", nullable: false),
                    filed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    canonical = table.Column<byte[]>(type: "bytea", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    quorum_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    window_ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_by = table.Column<Guid>(type: "uuid", nullable: true),
                    ended_by_name = table.Column<string>(type: "text", nullable: true),
                    ended_reason = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removal_requests", x => x.id);
                    table.UniqueConstraint("ak_removal_requests_what_is_decided", x => new { x.id, x.requester_id, x.requester_object_id, x.requester_tenant_id, x.requester_address, x.requester_calendly_users, x.fingerprint });
                    table.CheckConstraint("ck_removal_requests_approvals_needed", "approvals_needed IN (1, 2)");
                    table.CheckConstraint("ck_removal_requests_clocks", "expires_at > filed_at AND hold > interval '0' AND \"window\" > interval '0'");
                    table.CheckConstraint("ck_removal_requests_ended", "(ended_at IS NULL) = (state IN ('awaiting', 'approved', 'executing'))");
                    table.CheckConstraint("ck_removal_requests_fingerprint", "fingerprint = sha256(canonical)");
                    table.CheckConstraint("ck_removal_requests_quorum", "(CASE WHEN quorum_at IS NULL THEN due_at IS NULL AND window_ends_at IS NULL AND state IN ('awaiting', 'rejected', 'cancelled', 'expired', 'stale')\n      ELSE quorum_at < expires_at AND due_at = GREATEST(quorum_at + hold, not_before) AND window_ends_at = due_at + \"window\"\n           AND state IN ('approved', 'executing', 'closed', 'cancelled', 'expired') END) IS TRUE");
                    table.CheckConstraint("ck_removal_requests_reason", "length(btrim(reason)) >= 15");
                    table.CheckConstraint("ck_removal_requests_state", "state IN ('awaiting', 'approved', 'executing', 'closed', 'rejected', 'cancelled', 'expired', 'stale')");
                    table.ForeignKey(
                        name: "fk_removal_requests_connections_connection_id",
                        column: x => x.connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_removal_requests_people_requester_id_requester_object_id_re",
                        columns: x => new { x.requester_id, x.requester_object_id, x.requester_tenant_id },
                        principalTable: "people",
                        principalColumns: new[] { "id", "object_id", "tenant_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_removal_requests_policy_versions_policy_hash",
                        column: x => x.policy_hash,
                        principalTable: "policy_versions",
                        principalColumn: "hash",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sweeps",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requested_by = table.Column<Guid>(type: "uuid", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    phase = table.Column<string>(type: "text", nullable: false),
                    next_page_token = table.Column<string>(type: "text", nullable: true),
                    pages_read = table.Column<int>(type: "integer", nullable: false),
                    memberships_read = table.Column<int>(type: "integer", nullable: false),
                    invitations_read = table.Column<int>(type: "integer", nullable: false),
                    expected_memberships = table.Column<int>(type: "integer", nullable: true),
                    expected_duration = table.Column<TimeSpan>(type: "interval", nullable: true),
                    read_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    present = table.Column<int>(type: "integer", nullable: true),
                    missing = table.Column<int>(type: "integer", nullable: true),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    decided_by = table.Column<Guid>(type: "uuid", nullable: true),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    joined = table.Column<int>(type: "integer", nullable: false),
                    left = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<int>(type: "integer", nullable: false),
                    problem = table.Column<string>(type: "text", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sweeps", x => x.id);
                    table.CheckConstraint("ck_sweeps_phase", "phase IN ('memberships', 'invitations', 'comparing', 'confirming', 'applying', 'finished')");
                    table.CheckConstraint("ck_sweeps_state", "state IN ('running', 'asking', 'complete', 'partial')");
                    table.ForeignKey(
                        name: "fk_sweeps_connections_connection_id",
                        column: x => x.connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_sweeps_people_decided_by",
                        column: x => x.decided_by,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "invitation_sends",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    batch_id = table.Column<Guid>(type: "uuid", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    sender_id = table.Column<Guid>(type: "uuid", nullable: false),
                    connection_id = table.Column<Guid>(type: "uuid", nullable: false),
                    state = table.Column<string>(type: "text", nullable: false),
                    result = table.Column<string>(type: "text", nullable: true),
                    invitation_id = table.Column<Guid>(type: "uuid", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    attempted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_invitation_sends", x => x.id);
                    table.CheckConstraint("ck_invitation_sends_state", "state IN ('waiting', 'sending', 'sent', 'refused', 'attention')");
                    table.ForeignKey(
                        name: "fk_invitation_sends_connections_connection_id",
                        column: x => x.connection_id,
                        principalTable: "connections",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_invitation_sends_invitations_invitation_id",
                        column: x => x.invitation_id,
                        principalTable: "invitations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_invitation_sends_people_sender_id",
                        column: x => x.sender_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "removal_decisions",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false),
                    verdict = table.Column<string>(type: "text", nullable: false),
                    comment = table.Column<string>(type: "text", nullable: false),
                    left_out = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    without_impact = table.Column<bool>(type: "boolean", nullable: false),
                    role_seen_after_filing = table.Column<bool>(type: "boolean", nullable: false),
                    decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    approver_id = table.Column<Guid>(type: "uuid", nullable: false),
                    approver_object_id = table.Column<string>(type: "text", nullable: false),
                    approver_tenant_id = table.Column<string>(type: "text", nullable: false),
                    approver_name = table.Column<string>(type: "text", nullable: false),
                    approver_address = table.Column<string>(type: "text", nullable: false),
                    approver_calendly_users = table.Column<string[]>(type: "text[]", nullable: false),
                    requester_id = table.Column<Guid>(type: "uuid", nullable: false),
                    requester_object_id = table.Column<string>(type: "text", nullable: false),
                    requester_tenant_id = table.Column<string>(type: "text", nullable: false),
                    requester_address = table.Column<string>(type: "text", nullable: false),
                    requester_calendly_users = table.Column<string[]>(type: "text[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removal_decisions", x => x.id);
                    table.CheckConstraint("ck_removal_decisions_reject_says_why", "verdict <> 'reject' OR length(btrim(comment)) >= 15");
                    table.CheckConstraint("ck_removal_decisions_two_addresses", "lower(approver_address) <> lower(requester_address)");
                    table.CheckConstraint("ck_removal_decisions_two_calendly_users", "NOT (approver_calendly_users && requester_calendly_users)");
                    table.CheckConstraint("ck_removal_decisions_two_people", "NOT (approver_object_id = requester_object_id AND approver_tenant_id = requester_tenant_id)");
                    table.CheckConstraint("ck_removal_decisions_verdict", "verdict IN ('approve', 'reject')");
                    table.ForeignKey(
                        name: "fk_removal_decisions_approver",
                        columns: x => new { x.approver_id, x.approver_object_id, x.approver_tenant_id },
                        principalTable: "people",
                        principalColumns: new[] { "id", "object_id", "tenant_id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_removal_decisions_of_this_request",
                        columns: x => new { x.request_id, x.requester_id, x.requester_object_id, x.requester_tenant_id, x.requester_address, x.requester_calendly_users, x.fingerprint },
                        principalTable: "removal_requests",
                        principalColumns: new[] { "id", "requester_id", "requester_object_id", "requester_tenant_id", "requester_address", "requester_calendly_users", "fingerprint" },
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "removal_items",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    request_id = table.Column<Guid>(type: "uuid", nullable: false),
                    member_id = table.Column<Guid>(type: "uuid", nullable: false),
                    membership_uri = table.Column<string>(type: "text", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false),
                    note = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "text", nullable: false),
                    explanation = table.Column<string>(type: "text", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    fence = table.Column<long>(type: "bigint", nullable: false),
                    claimed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    delete_sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    read_back_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_attempt_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    impact_read_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    impact_problem = table.Column<string>(type: "text", nullable: true),
                    upcoming_meetings = table.Column<int>(type: "integer", nullable: true),
                    next_meeting_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_meeting_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    hosted_alone = table.Column<int>(type: "integer", nullable: true),
                    event_types = table.Column<int>(type: "integer", nullable: true),
                    webhooks = table.Column<int>(type: "integer", nullable: true),
                    groups = table.Column<int>(type: "integer", nullable: true),
                    groups_problem = table.Column<string>(type: "text", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_removal_items", x => x.id);
                    table.CheckConstraint("ck_removal_items_finished", "(finished_at IS NULL) = (state IN ('pending', 'executing', 'attention'))");
                    table.CheckConstraint("ck_removal_items_never_owner", "role <> 'owner'");
                    table.CheckConstraint("ck_removal_items_proved", "(CASE state WHEN 'removed' THEN read_back_at >= delete_sent_at\n            WHEN 'already_gone' THEN read_back_at >= COALESCE(delete_sent_at, read_back_at)\n            WHEN 'failed' THEN delete_sent_at IS NULL OR read_back_at >= delete_sent_at\n            WHEN 'stale' THEN delete_sent_at IS NULL OR read_back_at >= delete_sent_at\n            ELSE true END) IS TRUE");
                    table.CheckConstraint("ck_removal_items_sent", "delete_sent_at IS NULL OR state IN ('executing', 'attention', 'removed', 'already_gone', 'failed', 'stale')");
                    table.CheckConstraint("ck_removal_items_state", "state IN ('pending', 'executing', 'attention', 'removed', 'already_gone', 'failed', 'stale', 'left_out', 'rejected', 'cancelled', 'expired')");
                    table.ForeignKey(
                        name: "fk_removal_items_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_removal_items_removal_requests_request_id",
                        column: x => x.request_id,
                        principalTable: "removal_requests",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "changes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organization_uri = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    member_id = table.Column<Guid>(type: "uuid", nullable: true),
                    invitation_id = table.Column<Guid>(type: "uuid", nullable: true),
                    subject = table.Column<string>(type: "text", nullable: false),
                    before = table.Column<string>(type: "text", nullable: true),
                    after = table.Column<string>(type: "text", nullable: true),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    happened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    sweep_id = table.Column<Guid>(type: "uuid", nullable: true),
                    origin = table.Column<string>(type: "text", nullable: false),
                    removal_request_id = table.Column<Guid>(type: "uuid", nullable: true),
                    person_id = table.Column<Guid>(type: "uuid", nullable: true),
                    actor_name = table.Column<string>(type: "text", nullable: true),
                    actor_uri = table.Column<string>(type: "text", nullable: true),
                    activity_uri = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_changes", x => x.id);
                    table.CheckConstraint("ck_changes_kind", "kind IN ('joined', 'returned', 'left', 'role_changed', 'renamed', 'email_changed', 'invited', 'invitation_accepted', 'invitation_declined', 'invitation_revoked', 'invitation_vanished')");
                    table.CheckConstraint("ck_changes_origin", "origin IN ('ours', 'out_of_band')");
                    table.CheckConstraint("ck_changes_subject", "(member_id IS NULL) <> (invitation_id IS NULL)");
                    table.ForeignKey(
                        name: "fk_changes_invitations_invitation_id",
                        column: x => x.invitation_id,
                        principalTable: "invitations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_changes_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_changes_people_person_id",
                        column: x => x.person_id,
                        principalTable: "people",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_changes_removal_requests_removal_request_id",
                        column: x => x.removal_request_id,
                        principalTable: "removal_requests",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_changes_sweeps_sweep_id",
                        column: x => x.sweep_id,
                        principalTable: "sweeps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "staged_invitations",
                columns: table => new
                {
                    sweep_id = table.Column<Guid>(type: "uuid", nullable: false),
                    uri = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_staged_invitations", x => new { x.sweep_id, x.uri });
                    table.ForeignKey(
                        name: "fk_staged_invitations_sweeps_sweep_id",
                        column: x => x.sweep_id,
                        principalTable: "sweeps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "staged_memberships",
                columns: table => new
                {
                    sweep_id = table.Column<Guid>(type: "uuid", nullable: false),
                    uri = table.Column<string>(type: "text", nullable: false),
                    member_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_uri = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    email = table.Column<string>(type: "text", nullable: false),
                    scheduling_url = table.Column<string>(type: "text", nullable: true),
                    time_zone = table.Column<string>(type: "text", nullable: true),
                    joined_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    was_role = table.Column<string>(type: "text", nullable: true),
                    was_name = table.Column<string>(type: "text", nullable: true),
                    was_email = table.Column<string>(type: "text", nullable: true),
                    was_updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    was_left_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_staged_memberships", x => new { x.sweep_id, x.uri });
                    table.ForeignKey(
                        name: "fk_staged_memberships_sweeps_sweep_id",
                        column: x => x.sweep_id,
                        principalTable: "sweeps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "staged_pages",
                columns: table => new
                {
                    sweep_id = table.Column<Guid>(type: "uuid", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    member_ids = table.Column<Guid[]>(type: "uuid[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_staged_pages", x => new { x.sweep_id, x.number });
                    table.ForeignKey(
                        name: "fk_staged_pages_sweeps_sweep_id",
                        column: x => x.sweep_id,
                        principalTable: "sweeps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sweep_suspects",
                columns: table => new
                {
                    sweep_id = table.Column<Guid>(type: "uuid", nullable: false),
                    member_id = table.Column<Guid>(type: "uuid", nullable: false),
                    removed_by_us = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sweep_suspects", x => new { x.sweep_id, x.member_id });
                    table.ForeignKey(
                        name: "fk_sweep_suspects_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_sweep_suspects_sweeps_sweep_id",
                        column: x => x.sweep_id,
                        principalTable: "sweeps",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_activity_feed_connection_id",
                table: "activity_feed",
                column: "connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_action_sequence",
                table: "audit_entries",
                columns: new[] { "action", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_actor_object_id_sequence",
                table: "audit_entries",
                columns: new[] { "actor_object_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_command_id",
                table: "audit_entries",
                column: "command_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_object_type_object_id_sequence",
                table: "audit_entries",
                columns: new[] { "object_type", "object_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "ix_changes_activity_uri",
                table: "changes",
                column: "activity_uri",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_changes_invitation_id_seen_at_id",
                table: "changes",
                columns: new[] { "invitation_id", "seen_at", "id" },
                filter: "invitation_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_changes_member_id_seen_at_id",
                table: "changes",
                columns: new[] { "member_id", "seen_at", "id" },
                filter: "member_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_changes_origin_kind_seen_at_id",
                table: "changes",
                columns: new[] { "origin", "kind", "seen_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_changes_person_id",
                table: "changes",
                column: "person_id");

            migrationBuilder.CreateIndex(
                name: "ix_changes_removal_request_id",
                table: "changes",
                column: "removal_request_id");

            migrationBuilder.CreateIndex(
                name: "ix_changes_seen_at_id",
                table: "changes",
                columns: new[] { "seen_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_changes_sweep_id",
                table: "changes",
                column: "sweep_id");

            migrationBuilder.CreateIndex(
                name: "ix_connections_person_id_organization_uri",
                table: "connections",
                columns: new[] { "person_id", "organization_uri" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_grant_revocations_connection_id",
                table: "grant_revocations",
                column: "connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_grant_revocations_next_at",
                table: "grant_revocations",
                column: "next_at");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_sends_batch_id_line",
                table: "invitation_sends",
                columns: new[] { "batch_id", "line" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_invitation_sends_connection_id",
                table: "invitation_sends",
                column: "connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_sends_invitation_id",
                table: "invitation_sends",
                column: "invitation_id");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_sends_open",
                table: "invitation_sends",
                column: "created_at",
                filter: "state IN ('waiting', 'sending')");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_sends_sender_id",
                table: "invitation_sends",
                column: "sender_id");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_created_at_id",
                table: "invitations",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_invitations_invited_by",
                table: "invitations",
                column: "invited_by");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_revoked_by",
                table: "invitations",
                column: "revoked_by");

            migrationBuilder.CreateIndex(
                name: "ix_invitations_status_created_at_id",
                table: "invitations",
                columns: new[] { "status", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_invitations_uri",
                table: "invitations",
                column: "uri",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_invitations_user_uri",
                table: "invitations",
                column: "user_uri");

            migrationBuilder.CreateIndex(
                name: "ix_logged_deeds_organization_uri_occurred_at",
                table: "logged_deeds",
                columns: new[] { "organization_uri", "occurred_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_email",
                table: "members",
                columns: new[] { "email", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role", "joined_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_joined",
                table: "members",
                columns: new[] { "joined_at", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_left",
                table: "members",
                columns: new[] { "left_at", "id" },
                filter: "left_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_members_by_name",
                table: "members",
                columns: new[] { "name", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role", "joined_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_role",
                table: "members",
                columns: new[] { "role", "name", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "joined_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_role_email",
                table: "members",
                columns: new[] { "role", "email", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "joined_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_by_role_joined",
                table: "members",
                columns: new[] { "role", "joined_at", "id" },
                filter: "left_at IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search" });

            migrationBuilder.CreateIndex(
                name: "ix_members_left_by_email",
                table: "members",
                columns: new[] { "email", "id" },
                filter: "left_at IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role", "left_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_left_by_joined",
                table: "members",
                columns: new[] { "joined_at", "id" },
                filter: "left_at IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role", "left_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_left_by_name",
                table: "members",
                columns: new[] { "name", "id" },
                filter: "left_at IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "role", "left_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_left_by_role",
                table: "members",
                columns: new[] { "role", "name", "id" },
                filter: "left_at IS NOT NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "search", "left_at" });

            migrationBuilder.CreateIndex(
                name: "ix_members_other",
                table: "members",
                columns: new[] { "name", "id" },
                filter: "left_at IS NULL AND role NOT IN ('owner', 'admin', 'user')");

            migrationBuilder.CreateIndex(
                name: "ix_members_search",
                table: "members",
                column: "search")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "ix_members_uri",
                table: "members",
                column: "uri",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_members_user_uri",
                table: "members",
                column: "user_uri");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_attempts_expires_at",
                table: "oauth_attempts",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_oauth_attempts_person_id",
                table: "oauth_attempts",
                column: "person_id");

            migrationBuilder.CreateIndex(
                name: "ix_organization_directory_connection_id",
                table: "organization",
                column: "directory_connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_people_blocked_by",
                table: "people",
                column: "blocked_by");

            migrationBuilder.CreateIndex(
                name: "ix_people_object_id_tenant_id",
                table: "people",
                columns: new[] { "object_id", "tenant_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_person_calendly_users_calendly_user_uri",
                table: "person_calendly_users",
                column: "calendly_user_uri");

            migrationBuilder.CreateIndex(
                name: "ix_removal_decisions_approver_id_approver_object_id_approver_t",
                table: "removal_decisions",
                columns: new[] { "approver_id", "approver_object_id", "approver_tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_removal_decisions_once",
                table: "removal_decisions",
                columns: new[] { "request_id", "approver_object_id", "approver_tenant_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_removal_decisions_request_id_requester_id_requester_object_",
                table: "removal_decisions",
                columns: new[] { "request_id", "requester_id", "requester_object_id", "requester_tenant_id", "requester_address", "requester_calendly_users", "fingerprint" });

            migrationBuilder.CreateIndex(
                name: "ix_removal_items_finished_at",
                table: "removal_items",
                column: "finished_at");

            migrationBuilder.CreateIndex(
                name: "ix_removal_items_member_id",
                table: "removal_items",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_removal_items_one_open",
                table: "removal_items",
                column: "membership_uri",
                unique: true,
                filter: "state IN ('pending', 'executing', 'attention')");

            migrationBuilder.CreateIndex(
                name: "ix_removal_items_open",
                table: "removal_items",
                column: "state",
                filter: "state IN ('pending', 'executing', 'attention')");

            migrationBuilder.CreateIndex(
                name: "ix_removal_items_request_id_membership_uri",
                table: "removal_items",
                columns: new[] { "request_id", "membership_uri" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_connection_id",
                table: "removal_requests",
                column: "connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_filed_at",
                table: "removal_requests",
                column: "filed_at");

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_number",
                table: "removal_requests",
                column: "number",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_policy_hash",
                table: "removal_requests",
                column: "policy_hash");

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_requester_id_requester_object_id_requester",
                table: "removal_requests",
                columns: new[] { "requester_id", "requester_object_id", "requester_tenant_id" });

            migrationBuilder.CreateIndex(
                name: "ix_removal_requests_state_filed_at",
                table: "removal_requests",
                columns: new[] { "state", "filed_at" });

            migrationBuilder.CreateIndex(
                name: "ix_removal_switch_paused_by",
                table: "removal_switch",
                column: "paused_by");

            migrationBuilder.CreateIndex(
                name: "ix_saved_views_person_id_name",
                table: "saved_views",
                columns: new[] { "person_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_saved_views_person_id_place",
                table: "saved_views",
                columns: new[] { "person_id", "place" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_person_id",
                table: "sessions",
                column: "person_id");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_started_at",
                table: "sessions",
                column: "started_at");

            migrationBuilder.CreateIndex(
                name: "ix_sweep_suspects_member_id",
                table: "sweep_suspects",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_sweeps_connection_id",
                table: "sweeps",
                column: "connection_id");

            migrationBuilder.CreateIndex(
                name: "ix_sweeps_decided_by",
                table: "sweeps",
                column: "decided_by");

            migrationBuilder.CreateIndex(
                name: "ix_sweeps_one_running",
                table: "sweeps",
                column: "organization_uri",
                unique: true,
                filter: "state IN ('running', 'asking')");

            migrationBuilder.CreateIndex(
                name: "ix_sweeps_organization_uri_state_finished_at",
                table: "sweeps",
                columns: new[] { "organization_uri", "state", "finished_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "activity_feed");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "changes");

            migrationBuilder.DropTable(
                name: "column_choices");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "grant_revocations");

            migrationBuilder.DropTable(
                name: "invitation_sends");

            migrationBuilder.DropTable(
                name: "logged_deeds");

            migrationBuilder.DropTable(
                name: "oauth_attempts");

            migrationBuilder.DropTable(
                name: "organization");

            migrationBuilder.DropTable(
                name: "person_calendly_users");

            migrationBuilder.DropTable(
                name: "removal_decisions");

            migrationBuilder.DropTable(
                name: "removal_items");

            migrationBuilder.DropTable(
                name: "removal_switch");

            migrationBuilder.DropTable(
                name: "request_budgets");

            migrationBuilder.DropTable(
                name: "saved_views");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "staged_invitations");

            migrationBuilder.DropTable(
                name: "staged_memberships");

            migrationBuilder.DropTable(
                name: "staged_pages");

            migrationBuilder.DropTable(
                name: "sweep_suspects");

            migrationBuilder.DropTable(
                name: "invitations");

            migrationBuilder.DropTable(
                name: "removal_requests");

            migrationBuilder.DropTable(
                name: "members");

            migrationBuilder.DropTable(
                name: "sweeps");

            migrationBuilder.DropTable(
                name: "policy_versions");

            migrationBuilder.DropTable(
                name: "connections");

            migrationBuilder.DropTable(
                name: "people");

            migrationBuilder.DropSequence(
                name: "removal_numbers");
        }
    }
}
