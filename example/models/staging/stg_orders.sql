select id as order_id, customer_id, cast(ordered_on as date) as ordered_on, amount
from {{ ref('raw_orders') }}
where amount >= {{ var('smallest_order') }}
