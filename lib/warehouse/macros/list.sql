{# The names of a database's schemas. dbt's own macro, whose column has another name on each engine. #}
{% macro default__schemas(database) %}
  {% set result = list_schemas(database) %}
  {% set at = dot_control.position(result, ['schema_name', 'nspname', 'namespace', 'databasename', 'name']) %}
  {% set rows = [] %}
  {% for row in result.rows %}{% do rows.append([row.values()[at]]) %}{% endfor %}
  {{ return(rows) }}
{% endmacro %}

{% macro bigquery__schemas(database) %}
  {% set rows = [] %}
  {% for name in adapter.list_schemas(database) %}{% do rows.append([name]) %}{% endfor %}
  {{ return(rows) }}
{% endmacro %}

{# Those of the schemas that are there, as the engine spells them: it may refuse to list what is in one that is not. #}
{% macro present(database, schemas) %}
  {% set wanted = schemas | map('lower') | list %}
  {% set found = [] %}
  {% for row in adapter.dispatch('schemas', 'dot_control')(database) if row[0] | lower in wanted %}{% do found.append(row[0]) %}{% endfor %}
  {{ return(found) }}
{% endmacro %}

{# Which column of a result has one of these names, the first that it has. #}
{% macro position(result, names) %}
  {% set columns = result.column_names | map('lower') | list %}
  {% for name in names if name in columns %}{{ return(columns.index(name)) }}{% endfor %}
  {{ return(0) }}
{% endmacro %}

{#
  The relations of schemas: schema, name, type, bytes, time of creation, and the tables that it inherits from, as JSON; the
  last three where the engine knows.
#}
{% macro default__relations(database, schemas) %}
  {% set rows = [] %}
  {% for schema in dot_control.present(database, schemas) %}
    {% set result = list_relations_without_caching(dot_control.relation(database, schema)) %}
    {% set name = dot_control.position(result, ['name', 'tablename', 'table_name']) %}
    {% set type = dot_control.position(result, ['type', 'table_type', 'kind']) %}
    {% for row in result.rows %}
      {% do rows.append([schema, row.values()[name], row.values()[type] | lower, none, none]) %}
    {% endfor %}
  {% endfor %}
  {{ return(rows) }}
{% endmacro %}

{# A partition belongs to its table, and a relation of an extension to that, so they are none of their own. #}
{% macro postgres__relations(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select n.nspname, c.relname,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized_view' when 'f' then 'foreign_table' else 'table' end,
      pg_total_relation_size(c.oid)::text, null, (
        with recursive up(oid) as (
          select inhparent from pg_catalog.pg_inherits where inhrelid = c.oid
          union
          select i.inhparent from pg_catalog.pg_inherits i join up on i.inhrelid = up.oid
        )
        select json_agg(json_build_array(m.nspname, p.relname))::text
        from up join pg_catalog.pg_class p on p.oid = up.oid
        join pg_catalog.pg_namespace m on m.oid = p.relnamespace
      )
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
      and not exists (
        select 1 from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      and n.nspname in (" ~ dot_control.literals(schemas) ~ ")"))) }}
{% endmacro %}

{% macro redshift__relations(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select n.nspname, c.relname, case c.relkind when 'v' then 'view' else 'table' end, null, null
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v') and lower(n.nspname) in (" ~ dot_control.literals(schemas | map('lower') | list) ~ ")"))) }}
{% endmacro %}

{% macro duckdb__relations(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select schema_name, table_name, 'table', null, null from duckdb_tables()
    where not internal and lower(database_name) = lower(" ~ dot_control.literal(database) ~ ")
      and lower(schema_name) in (" ~ dot_control.literals(schemas | map('lower') | list) ~ ")
    union all
    select schema_name, view_name, 'view', null, null from duckdb_views()
    where not internal and lower(database_name) = lower(" ~ dot_control.literal(database) ~ ")
      and lower(schema_name) in (" ~ dot_control.literals(schemas | map('lower') | list) ~ ")"))) }}
{% endmacro %}

{#
  Names are in lower case, whatever was written. `lower` has Trino look for the schemas first: of one that is not there
  Iceberg's JDBC catalog lists those of all others.
#}
{% macro trino__relations(database, schemas) %}
  {% set names = dot_control.literals(schemas | map('lower') | list) %}
  {{ return(dot_control.rows_of(run_query("
    select t.table_schema, t.table_name,
      case when m.name is not null then 'materialized_view' when t.table_type = 'VIEW' then 'view' else 'table' end,
      null, null
    from " ~ dot_control.quoted(database) ~ ".information_schema.tables t
    left join (
      select distinct schema_name, name from system.metadata.materialized_views
      where catalog_name = " ~ dot_control.literal(database | lower) ~ " and schema_name in (" ~ names ~ ")
    ) m on m.schema_name = t.table_schema and m.name = t.table_name
    where lower(t.table_schema) in (" ~ names ~ ")"))) }}
{% endmacro %}

{% macro snowflake__relations(database, schemas) %}
  {{ return(dot_control.rows_of(run_query("
    select table_schema, table_name,
      case when is_dynamic = 'YES' then 'dynamic_table' when table_type = 'BASE TABLE' then 'table'
        else lower(replace(table_type, ' ', '_')) end,
      bytes::varchar, created::varchar
    from " ~ database ~ ".information_schema.tables
    where lower(table_schema) in (" ~ dot_control.literals(schemas | map('lower') | list) ~ ")"))) }}
{% endmacro %}

{% macro bigquery__relations(database, schemas) %}
  {% set parts = [] %}
  {% for schema in dot_control.present(database, schemas) %}
    {% do parts.append("select table_schema, table_name,
      case table_type when 'BASE TABLE' then 'table' else lower(replace(table_type, ' ', '_')) end,
      cast(null as string), cast(creation_time as string)
      from `" ~ database ~ "`.`" ~ schema ~ "`.INFORMATION_SCHEMA.TABLES") %}
  {% endfor %}
  {% if not parts %}{{ return([]) }}{% endif %}
  {{ return(dot_control.rows_of(run_query(parts | join(' union all ')))) }}
{% endmacro %}

{% macro databricks__relations(database, schemas) %}
  {% if database == 'hive_metastore' %}{{ return(dot_control.spark__relations(none, schemas)) }}{% endif %}
  {{ return(dot_control.rows_of(run_query("
    select table_schema, table_name,
      case table_type when 'VIEW' then 'view' when 'MATERIALIZED_VIEW' then 'materialized_view' else 'table' end,
      null, cast(created as string)
    from `" ~ database ~ "`.information_schema.tables
    where lower(table_schema) in (" ~ dot_control.literals(schemas | map('lower') | list) ~ ")"))) }}
{% endmacro %}

{% macro spark__relations(database, schemas) %}
  {% set rows = [] %}
  {% for schema in dot_control.present(database, schemas) %}
    {% set views = [] %}
    {% for row in run_query('show views in `' ~ schema ~ '`').rows %}{% do views.append(row.values()[1]) %}{% endfor %}
    {% for row in run_query('show tables in `' ~ schema ~ '`').rows %}
      {% do rows.append([schema, row.values()[1], 'view' if row.values()[1] in views else 'table', none, none]) %}
    {% endfor %}
  {% endfor %}
  {{ return(rows) }}
{% endmacro %}

{# The columns of relations: schema, relation, column, type; in the order they have there. #}
{% macro default__columns(database, relations) %}
  {% set rows = [] %}
  {% for item in relations %}
    {% for column in adapter.get_columns_in_relation(dot_control.relation(database, item['schema'], item['name'])) %}
      {% do rows.append([item['schema'], item['name'], column.name, column.data_type]) %}
    {% endfor %}
  {% endfor %}
  {{ return(rows) }}
{% endmacro %}

{# With all that a type says: dbt's own leaves out the digits of a timestamp. #}
{% macro postgres__columns(database, relations) %}
  {% set pairs = [] %}
  {% for item in relations %}{% do pairs.append('(' ~ dot_control.literals([item['schema'], item['name']]) ~ ')') %}{% endfor %}
  {{ return(dot_control.rows_of(run_query("
    select n.nspname, c.relname, a.attname,
      case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) else format_type(a.atttypid, a.atttypmod) end
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and (n.nspname, c.relname) in (" ~ pairs | join(', ') ~ ")
    order by n.nspname, c.relname, a.attnum"))) }}
{% endmacro %}

{% macro redshift__columns(database, relations) %}{{ return(dot_control.default__columns(database, relations)) }}{% endmacro %}

{% macro duckdb__columns(database, relations) %}
  {% set pairs = [] %}
  {% for item in relations %}
    {% do pairs.append('(' ~ dot_control.literals([item['schema'] | lower, item['name'] | lower]) ~ ')') %}
  {% endfor %}
  {{ return(dot_control.rows_of(run_query("
    select schema_name, table_name, column_name, data_type from duckdb_columns()
    where lower(database_name) = lower(" ~ dot_control.literal(database) ~ ")
      and (lower(schema_name), lower(table_name)) in (" ~ pairs | join(', ') ~ ")
    order by schema_name, table_name, column_index"))) }}
{% endmacro %}

{# In one query, where dbt's own is one for each, does not escape a quote in a name, and makes a varchar of a char. #}
{% macro trino__columns(database, relations) %}
  {% set pairs = [] %}
  {% for item in relations %}
    {% do pairs.append('(' ~ dot_control.literals([item['schema'] | lower, item['name'] | lower]) ~ ')') %}
  {% endfor %}
  {{ return(dot_control.rows_of(run_query("
    select table_schema, table_name, column_name, data_type
    from " ~ dot_control.quoted(database) ~ ".information_schema.columns
    where table_schema in (" ~ dot_control.literals(relations | map(attribute='schema') | map('lower') | unique | list) ~ ")
      and (table_schema, table_name) in (" ~ pairs | join(', ') ~ ")
    order by table_schema, table_name, ordinal_position"))) }}
{% endmacro %}
