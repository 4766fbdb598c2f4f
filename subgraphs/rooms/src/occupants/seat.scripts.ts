/**
 * The Lua scripts of seats. Each script is atomic, so that no process sees a seat without its pose or a count without its seat.
 * seats.ts calls them and documents the keys.
 */

/** Defines the keys of one room, the clock and the removal of a seat. Scripts continue after it. KEYS[1] is the prefix of all keys. */
const PRELUDE = `
local prefix = KEYS[1]
local function roomKey(room, part) return prefix .. 'room:' .. room .. ':' .. part end
local function text(number) return string.format('%.0f', number) end
local time = redis.call('TIME')
local nowMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function tickClock()
  local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
  local last = tonumber(redis.call('GET', prefix .. 'clock') or '0')
  if now <= last then now = last + 1 end
  redis.call('SET', prefix .. 'clock', text(now))
  return text(now)
end
local function removeSeat(room, user, seatText, version)
  local seat = cjson.decode(seatText)
  local pose = redis.call('HGET', roomKey(room, 'poses'), user)
  redis.call('HDEL', roomKey(room, 'seats'), user)
  redis.call('HDEL', roomKey(room, 'poses'), user)
  redis.call('HDEL', roomKey(room, 'leases'), user)
  redis.call('HDEL', roomKey(room, 'missing'), user)
  redis.call('ZREM', roomKey(room, 'changes'), user)
  redis.call('ZADD', roomKey(room, 'left'), version, user)
  redis.call('PEXPIRE', roomKey(room, 'left'), 60000)
  redis.call('LPUSH', roomKey(room, 'free'), seat.slot)
  redis.call('RPUSH', prefix .. 'departures', cjson.encode({ room = room, user = user, epoch = seat.epoch, pose = pose or '' }))
  if redis.call('HLEN', roomKey(room, 'seats')) == 0 then
    redis.call('SREM', prefix .. 'active', room)
    redis.call('DEL', roomKey(room, 'free'), roomKey(room, 'next'), roomKey(room, 'opened'))
  end
end
`;

/** ARGV: room, user, capacity, connection, avatar, basis, pose, lease in ms, muted. @returns `FULL`, or epoch, slot and pose */
export const JOIN = `${PRELUDE}
local room, user, capacity = ARGV[1], ARGV[2], tonumber(ARGV[3])
local known = redis.call('HGET', roomKey(room, 'seats'), user)
if not known and redis.call('HLEN', roomKey(room, 'seats')) >= capacity then return { 'FULL' } end
local epoch = tickClock()
local slot
if known then slot = cjson.decode(known).slot
else slot = tonumber(redis.call('LPOP', roomKey(room, 'free')) or redis.call('INCR', roomKey(room, 'next')) - 1) end
local connection = ARGV[4]
if connection == '' then connection = redis.call('HGET', roomKey(room, 'watchers'), user) or '' end
local seat = { epoch = epoch, slot = slot, connection = connection, avatar = ARGV[5], basis = ARGV[6], joinedAt = nowMs, muted = ARGV[9] == '1' }
redis.call('SADD', prefix .. 'active', room)
redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
redis.call('HSET', roomKey(room, 'leases'), user, text(nowMs + tonumber(ARGV[8])))
redis.call('HDEL', roomKey(room, 'missing'), user)
local pose = cjson.decode(ARGV[7])
pose.slot = slot
pose.at = nowMs
local poseText = cjson.encode(pose)
redis.call('HSET', roomKey(room, 'poses'), user, poseText)
redis.call('ZADD', roomKey(room, 'changes'), epoch, user)
redis.call('ZREM', roomKey(room, 'left'), user)
redis.call('SET', roomKey(room, 'opened'), text(nowMs), 'NX')
return { epoch, tostring(slot), poseText }`;

/** ARGV: room, user, epoch or an empty string. @returns 1 if a seat was removed */
export const LEAVE = `${PRELUDE}
local seat = redis.call('HGET', roomKey(ARGV[1], 'seats'), ARGV[2])
if not seat or (ARGV[3] ~= '' and cjson.decode(seat).epoch ~= ARGV[3]) then return 0 end
removeSeat(ARGV[1], ARGV[2], seat, tickClock())
return 1`;

/** ARGV: room. Removes all seats and every key of the room. @returns the accounts that had a seat */
export const CLEAR = `${PRELUDE}
local users = {}
local version = tickClock()
local seats = redis.call('HGETALL', roomKey(ARGV[1], 'seats'))
for index = 1, #seats, 2 do
  removeSeat(ARGV[1], seats[index], seats[index + 1], version)
  users[#users + 1] = seats[index]
end
redis.call('DEL', roomKey(ARGV[1], 'changes'))
return users`;

/**
 * ARGV: burst in metres, speed in metres per second, lease in ms; then for each move: room, user, connection, pose, whether the
 * position stays. @returns for each move `OK`, `ABSENT`, `ELSEWHERE` or `FAST`
 */
export const MOVE = `${PRELUDE}
local burst, speed, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local version = tickClock()
local rooms, names = {}, {}
for index = 4, #ARGV, 5 do
  local name, user = ARGV[index], ARGV[index + 1]
  local room = rooms[name]
  if not room then
    room = { users = {}, at = {}, poses = {} }
    rooms[name] = room
    names[#names + 1] = name
  end
  if not room.at[user] then
    room.users[#room.users + 1] = user
    room.at[user] = #room.users
  end
end
for _, name in ipairs(names) do
  local room = rooms[name]
  room.seatTexts = redis.call('HMGET', roomKey(name, 'seats'), unpack(room.users))
  room.poseTexts = redis.call('HMGET', roomKey(name, 'poses'), unpack(room.users))
end
local results = {}
for index = 4, #ARGV, 5 do
  local name, user, connection = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  local room = rooms[name]
  local at = room.at[user]
  local seatText, poseText = room.seatTexts[at], room.poseTexts[at]
  local result = 'OK'
  if not seatText or not poseText then result = 'ABSENT'
  else
    -- The text of a seat has these characters nowhere else, as quotes within values are escaped.
    local bound = string.match(seatText, '"connection":"([^"]*)"')
    if connection ~= '' and bound ~= '' and bound ~= '*' and string.gsub(bound, '\\\\/', '/') ~= connection then
      result = 'ELSEWHERE'
    else
      local before = room.poses[user] or cjson.decode(poseText)
      local pose = cjson.decode(ARGV[index + 3])
      if ARGV[index + 4] == '1' then pose.x, pose.y, pose.z = before.x, before.y, before.z end
      local allowance = math.min(burst, before.allowance + math.max(0, nowMs - before.at) / 1000 * speed)
      local distance = math.sqrt((pose.x - before.x) ^ 2 + (pose.y - before.y) ^ 2 + (pose.z - before.z) ^ 2)
      if distance > allowance then result = 'FAST'
      else
        pose.allowance = allowance - distance
        pose.at = nowMs
        pose.slot = before.slot
        if pose.rotation == nil then pose.rotation = before.rotation end
        if pose.animation == nil then pose.animation = before.animation end
        if pose.expression == nil then pose.expression = before.expression end
        room.poses[user] = pose
        -- The lease of a seat with a connection is of no account.
        if bound == '' then redis.call('HSET', roomKey(name, 'leases'), user, text(nowMs + lease)) end
      end
    end
  end
  results[#results + 1] = result
end
for _, name in ipairs(names) do
  local poses, changes = {}, {}
  for user, pose in pairs(rooms[name].poses) do
    poses[#poses + 1] = user
    poses[#poses + 1] = cjson.encode(pose)
    changes[#changes + 1] = version
    changes[#changes + 1] = user
  end
  if #poses > 0 then
    redis.call('HSET', roomKey(name, 'poses'), unpack(poses))
    redis.call('ZADD', roomKey(name, 'changes'), unpack(changes))
  end
end
return results`;

/**
 * ARGV: room, version. @returns the clock, whether the state is whole, the time at which the room was opened, and three lists: changed
 * accounts with their poses, accounts that left, and for a whole state nothing in the latter. Every state is whole without a version.
 */
export const READ = `${PRELUDE}
local room, since = ARGV[1], ARGV[2]
local clock = redis.call('GET', prefix .. 'clock') or '0'
local opened = redis.call('GET', roomKey(room, 'opened')) or '0'
if since == '' or tonumber(since) > tonumber(clock) then
  return { clock, '1', opened, redis.call('HGETALL', roomKey(room, 'poses')), {} }
end
local changed = {}
local users = redis.call('ZRANGEBYSCORE', roomKey(room, 'changes'), '(' .. since, '+inf')
if #users > 0 then
  for first = 1, #users, 500 do
    local part = {}
    for index = first, math.min(first + 499, #users) do part[#part + 1] = users[index] end
    local poses = redis.call('HMGET', roomKey(room, 'poses'), unpack(part))
    for index = 1, #part do
      if poses[index] then
        changed[#changed + 1] = part[index]
        changed[#changed + 1] = poses[index]
      end
    end
  end
end
local left = redis.call('ZRANGEBYSCORE', roomKey(room, 'left'), '(' .. since, '+inf')
return { clock, '0', opened, changed, left }`;

/** ARGV: room, user, connection, silence in ms. Records a watcher, and binds its seat to the connection if the seat has no other live one. */
export const WATCH = `${PRELUDE}
local room, user, connection = ARGV[1], ARGV[2], ARGV[3]
redis.call('HSET', roomKey(room, 'watchers'), user, connection)
local seatText = redis.call('HGET', roomKey(room, 'seats'), user)
if not seatText then return 0 end
local seat = cjson.decode(seatText)
if seat.connection == connection then return 0 end
local gateway = string.match(seat.connection, '^([^/]+)/')
local beat = gateway and tonumber(redis.call('ZSCORE', KEYS[3], gateway) or '0')
local isLive = beat and nowMs - beat <= tonumber(ARGV[4])
if isLive and redis.call('HEXISTS', KEYS[2] .. user, seat.connection) == 1 then return 0 end
seat.connection = connection
redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
redis.call('HDEL', roomKey(room, 'missing'), user)
return 1`;

/** ARGV: room, user, connection. */
export const UNWATCH = `${PRELUDE}
if redis.call('HGET', roomKey(ARGV[1], 'watchers'), ARGV[2]) == ARGV[3] then
  redis.call('HDEL', roomKey(ARGV[1], 'watchers'), ARGV[2])
end
return 0`;

/** ARGV: room, user, `1` or `0`. @returns 1 if the account has a seat */
export const MUTE = `${PRELUDE}
local seatText = redis.call('HGET', roomKey(ARGV[1], 'seats'), ARGV[2])
if not seatText then return 0 end
local seat = cjson.decode(seatText)
seat.muted = ARGV[3] == '1'
redis.call('HSET', roomKey(ARGV[1], 'seats'), ARGV[2], cjson.encode(seat))
return 1`;

/**
 * Removes seats if their connection or lease has ended. KEYS: the prefix, the prefix of the hashes of connections by account, the
 * sorted set of gateways' beats. ARGV: silence after which a gateway is gone in ms, grace in ms. @returns the number of removed seats
 */
export const SWEEP = `${PRELUDE}
local silence, grace = tonumber(ARGV[1]), tonumber(ARGV[2])
local alive = {}
for _, gateway in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], nowMs - silence, '+inf')) do alive[gateway] = true end
local function isAlive(user, connection)
  local gateway = string.match(connection, '^([^/]+)/')
  return gateway and alive[gateway] and redis.call('HEXISTS', KEYS[2] .. user, connection) == 1
end
-- The client of a lost connection may follow the room over another one by now.
local function rebind(room, user, seat)
  local watcher = redis.call('HGET', roomKey(room, 'watchers'), user)
  if not watcher or not isAlive(user, watcher) then return false end
  seat.connection = watcher
  redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
  return true
end
-- A gateway without any pulse may have started this moment, so its connections get the grace period.
local function isGatewayGone(connection)
  local gateway = string.match(connection, '^([^/]+)/') or ''
  return not alive[gateway] and redis.call('ZSCORE', KEYS[3], gateway)
end
local function hasAny(user)
  for _, connection in ipairs(redis.call('HKEYS', KEYS[2] .. user)) do
    if alive[string.match(connection, '^([^/]+)/') or ''] then return true end
  end
  return false
end
local removed = 0
for _, room in ipairs(redis.call('SMEMBERS', prefix .. 'active')) do
  local seats = redis.call('HGETALL', roomKey(room, 'seats'))
  if #seats == 0 then redis.call('SREM', prefix .. 'active', room) end
  for index = 1, #seats, 2 do
    local user, seat = seats[index], cjson.decode(seats[index + 1])
    local isPresent
    if seat.connection == '' then
      isPresent = tonumber(redis.call('HGET', roomKey(room, 'leases'), user) or '0') > nowMs
      if hasAny(user) then
        seat.connection = '*'
        redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
        isPresent = true
      end
      if not isPresent then
        removeSeat(room, user, seats[index + 1], tickClock())
        removed = removed + 1
      end
    else
      if seat.connection == '*' then isPresent = hasAny(user) else isPresent = isAlive(user, seat.connection) end
      if not isPresent then isPresent = rebind(room, user, seat) end
      if isPresent then redis.call('HDEL', roomKey(room, 'missing'), user)
      elseif seat.connection ~= '*' and isGatewayGone(seat.connection) then
        removeSeat(room, user, seats[index + 1], tickClock()) -- its silence was long enough for a reconnect
        removed = removed + 1
      else
        local since = tonumber(redis.call('HGET', roomKey(room, 'missing'), user) or '0')
        if since == 0 then redis.call('HSET', roomKey(room, 'missing'), user, text(nowMs))
        elseif nowMs - since >= grace then
          removeSeat(room, user, seats[index + 1], tickClock())
          removed = removed + 1
        end
      end
    end
  end
end
return removed`;
