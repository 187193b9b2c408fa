"""What people do, one module each. No Flask, no SQL: values in, one unit of work, values out."""
