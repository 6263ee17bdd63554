# Starts nginx in the foreground: sh start.sh <host> <port> <folder for its files>
find "$3" -name 'nginx-*' -mmin +1 -delete
cat >"$3/nginx-$2.conf" <<END
daemon off;
worker_processes 1;
pid nginx-$2.pid;
events {
  worker_connections 16384;
}
http {
  access_log off;
  default_type text/plain;
  # The kernel's longest backlog, and no end of a connection that a load would have to open again.
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  server {
    listen $1:$2 backlog=4096;
    location = / {
      return 200 "I am server!";
    }
  }
}
END
exec nginx -p "$3" -c "$3/nginx-$2.conf" -e stderr
