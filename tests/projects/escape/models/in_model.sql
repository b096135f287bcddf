{{ config(schema='reports', materialized='table') }}
select * from {{ ref('stg') }}
