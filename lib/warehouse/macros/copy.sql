{# Tables one by one, each into one that is there, empty, as its own materialization made it; what is done is told. #}
{% macro copy_relations(request) %}
  {% for item in request['items'] %}
    {% do adapter.dispatch('copy_relation', 'dot_control')(
      dot_control.path(item['database'], item['schema'], item['name']),
      dot_control.path(item['source']['database'], item['source']['schema'], item['source']['name']),
      item['columns']
    ) %}
    {% do dot_control.answer(request, [item['key']]) %}
  {% endfor %}
{% endmacro %}

{# A model may make rows of its own even where all that it reads is empty. #}
{% macro default__copy_relation(path, source, columns) %}
  {% if run_query('select 1 from ' ~ path ~ ' limit 1').rows | length > 0 %}
    {% call statement('emptied') %}delete from {{ path }}{% endcall %}
  {% endif %}
  {% set names = [] %}
  {% for name in columns %}{% do names.append(dot_control.quoted(name)) %}{% endfor %}
  {% set list = names | join(', ') %}
  {% do dot_control.execute_and_commit('insert into ' ~ path ~ ' (' ~ list ~ ') select ' ~ list ~ ' from ' ~ source) %}
{% endmacro %}

{# Without a copy of the data. The name of the relation is a transient table's, as dbt makes them. #}
{% macro snowflake__copy_relation(path, source, columns) %}
  {% do dot_control.execute_and_commit('create or replace transient table ' ~ path ~ ' clone ' ~ source) %}
{% endmacro %}

{% macro bigquery__copy_relation(path, source, columns) %}
  {% do dot_control.execute_and_commit('create or replace table ' ~ path ~ ' clone ' ~ source) %}
{% endmacro %}

{# A shallow clone would need the files of its source for as long as it is there. #}
{% macro databricks__copy_relation(path, source, columns) %}
  {% do dot_control.execute_and_commit('create or replace table ' ~ path ~ ' deep clone ' ~ source) %}
{% endmacro %}
