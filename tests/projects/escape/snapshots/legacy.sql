{% snapshot legacy %}
{{ config(target_schema='snapshots', unique_key='id', strategy='check', check_cols=['amount']) }}
select * from {{ ref('raw_items') }}
{% endsnapshot %}
