{# A node of the control project is a step: a request in JSON, whose answers are printed, encoded and marked. #}
{% materialization dot_step, default %}
  {% set request = fromjson(sql) %}
  {% set operation = request['operation'] %}
  {% set database = request['database'] %}
  {% if operation == 'schemas' %}
    {% do dot_control.answer(request, adapter.dispatch('schemas', 'dot_control')(database)) %}
  {% elif operation == 'relations' %}
    {% do dot_control.answer(request, adapter.dispatch('relations', 'dot_control')(database, request['schemas'])) %}
  {% elif operation == 'columns' %}
    {% do dot_control.answer(request, adapter.dispatch('columns', 'dot_control')(database, request['relations'])) %}
  {% elif operation == 'dependants' %}
    {% do dot_control.answer(request, adapter.dispatch('dependants', 'dot_control')(database, request['schemas'])) %}
  {% elif operation == 'query' %}
    {% do dot_control.answer(request, dot_control.rows_of(run_query(request['sql']))) %}
  {% elif operation == 'compare' %}
    {% do dot_control.compare(request) %}
  {% elif operation == 'create_view' %}
    {% do dot_control.create_view(database, request['schema'], request['name'], request['sql']) %}
    {% do dot_control.answer(request, []) %}
  {% elif operation == 'copy_relations' %}
    {% do dot_control.copy_relations(request) %}
  {% elif operation == 'drop_relations' %}
    {% do dot_control.drop_relations(request) %}
  {% elif operation == 'drop_schemas' %}
    {% do dot_control.drop_schemas(request) %}
  {% else %}
    {% do exceptions.raise_compiler_error('no such operation: ' ~ operation) %}
  {% endif %}
  {% call noop_statement('main', 'OK') %}{% endcall %}
  {{ return({'relations': []}) }}
{% endmaterialization %}

{# Its characters stand apart, so that dbt 1, which masks a secret wherever it stands in a text, finds none. #}
{% macro answer(request, rows) %}
  {% do print(('dot' ~ request['nonce']) | list | join('~') ~ ':' ~ request['step'] ~ ':' ~ (tojson(rows) | list | join('~')) ~ '~:') %}
{% endmacro %}

{# A result as lists of texts: JSON has no dates, and loses digits of numbers. #}
{% macro rows_of(result) %}
  {% set rows = [] %}
  {% for row in result.rows %}
    {% set cells = [] %}
    {% for cell in row.values() %}{% do cells.append(none if cell is none else cell | string) %}{% endfor %}
    {% do rows.append(cells) %}
  {% endfor %}
  {{ return(rows) }}
{% endmacro %}

{# Run what changes the warehouse, and make it last: a node's transaction is rolled back else. #}
{% macro execute_and_commit(statements) %}
  {% call statement('change') %}{{ statements }}{% endcall %}
  {% do adapter.commit() %}
{% endmacro %}

{% macro literal(text) %}{{ return(string_literal(escape_single_quotes(text))) }}{% endmacro %}

{# All at once: what is dispatched takes long for hundreds. No name holds the character between them. #}
{% macro literals(texts) %}
  {% set between = '\u001f' %}
  {% set around = string_literal(between).split(between) %}
  {% set quoted = [] %}
  {% for text in escape_single_quotes(texts | join(between)).split(between) %}
    {% do quoted.append(around[0] ~ text ~ around[1]) %}
  {% endfor %}
  {{ return(quoted | join(', ')) }}
{% endmacro %}

{# A name in the engine's quotes. #}
{% macro quoted(name) %}
  {% set mark = adapter.quote('x')[0] %}
  {{ return(adapter.quote(name | replace(mark, mark ~ mark))) }}
{% endmacro %}

{# A schema or a relation in it, by the very names that the engine lists. #}
{% macro path(database, schema, identifier=none) %}
  {% set parts = [adapter.dispatch('above', 'dot_control')(database), dot_control.quoted(schema)] %}
  {% if identifier is not none %}{% do parts.append(dot_control.quoted(identifier)) %}{% endif %}
  {{ return(parts | select | join('.')) }}
{% endmacro %}

{# What stands before a schema: nothing where statements are of one database only. #}
{% macro default__above(database) %}{{ return(dot_control.quoted(database) if database else '') }}{% endmacro %}

{% macro postgres__above(database) %}{{ return('') }}{% endmacro %}

{# A profile names the database unquoted, and the engine folds it. #}
{% macro snowflake__above(database) %}{{ return(database) }}{% endmacro %}

{# The same as dbt's own macros take it. #}
{% macro relation(database, schema, identifier=none) %}
  {% set policy = {'database': target.type != 'snowflake', 'schema': true, 'identifier': true} %}
  {{ return(api.Relation.create(database=database, schema=schema, identifier=identifier, quote_policy=policy)) }}
{% endmacro %}

{# dbt makes the schema of every node before it runs, and commits; no step needs one. #}
{% macro create_schema(relation) %}{% call statement('nothing') %}select 1{% endcall %}{% endmacro %}
{% macro default__create_schema(relation) %}{% do dot_control.create_schema(relation) %}{% endmacro %}
