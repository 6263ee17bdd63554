module my-server

go 1.19
