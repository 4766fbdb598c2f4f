"""Runs a whole OpenStack Swift with its S3 API in one folder, which it removes when its standard input ends:
python3 swift-server.py FOLDER MEMCACHED PROXY ACCOUNT CONTAINER OBJECT CACHE (a program, and ports).

One script, since loading the modules once and forking takes a fraction of the time of five programs.
"""
import os
import pwd
import shutil
import signal
import subprocess
import sys

folder, memcached_program = sys.argv[1:3]
proxy, account, container, storage, cache = (int(port) for port in sys.argv[3:8])
user = pwd.getpwuid(os.getuid()).pw_name
memcached = subprocess.Popen([memcached_program, '-u', user, '-l', '127.0.0.1', '-p', str(cache), '-m', '16'],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
conf = os.path.join(folder, 'etc')
os.makedirs(os.path.join(folder, 'srv/disk'), exist_ok=True)
os.makedirs(conf, exist_ok=True)


def write(name, text):
    path = os.path.join(conf, name)
    with open(path, 'w') as file:
        file.write(text)
    return path


write('swift.conf', """[swift-hash]
swift_hash_path_prefix = tests
swift_hash_path_suffix = tests
[storage-policy:0]
name = only
default = yes
""")

import swift.common.utils  # noqa: E402

swift.common.utils.SWIFT_CONF_FILE = os.path.join(conf, 'swift.conf')
from swift.common import wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402

COMMON = 'bind_ip = 127.0.0.1\nworkers = 0\nuser = %s\nswift_dir = %s\nlog_level = ERROR\n' % (user, conf)
servers = []
for name, port in (('account', account), ('container', container), ('object', storage)):
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1',
                     'replication_port': port, 'device': 'disk', 'weight': 1, 'meta': ''})
    builder.rebalance()
    builder.get_ring().save(os.path.join(conf, name + '.ring.gz'))
    servers.append((name, write(name + '.conf', """[DEFAULT]
bind_port = %d
devices = %s/srv
mount_check = false
fallocate_reserve = 0
%s[pipeline:main]
pipeline = %s-server
[app:%s-server]
use = egg:swift#%s
""" % (port, folder, COMMON, name, name, name))))

servers.append(('proxy', write('proxy.conf', """[DEFAULT]
bind_port = %d
%s[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:%d
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
""" % (proxy, COMMON, cache))))

children = []
for name, path in servers:
    child = os.fork()
    if child == 0:
        sys.exit(wsgi.run_wsgi(path, name + '-server', default_port=0))
    children.append(child)


def stop(*_):
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    memcached.kill()
    shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
# Ends with the process that started it.
sys.stdin.read()
stop()
