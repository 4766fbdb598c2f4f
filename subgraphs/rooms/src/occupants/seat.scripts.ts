/**
 * The Lua scripts of seats. Each script is atomic, so that no process sees a seat without its pose or a count without its seat.
 * seats.ts calls them and documents the keys.
 */

/** Defines the keys of one room, the clock and the removal of a seat. Scripts continue after it. KEYS[1] is the prefix of all keys. */
export const PRELUDE = `
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
-- Stores a seat with a pose. A seat without a slot gets one.
local function addSeat(room, user, seat, pose, leaseMs)
  if not seat.slot then
    seat.slot = tonumber(redis.call('LPOP', roomKey(room, 'free')) or redis.call('INCR', roomKey(room, 'next')) - 1)
  end
  seat.epoch = tickClock()
  redis.call('SADD', prefix .. 'active', room)
  redis.call('HSET', roomKey(room, 'seats'), user, cjson.encode(seat))
  redis.call('HSET', roomKey(room, 'leases'), user, text(nowMs + leaseMs))
  redis.call('HDEL', roomKey(room, 'missing'), user)
  pose.slot = seat.slot
  pose.at = nowMs
  local poseText = cjson.encode(pose)
  redis.call('HSET', roomKey(room, 'poses'), user, poseText)
  redis.call('ZADD', roomKey(room, 'changes'), seat.epoch, user)
  redis.call('ZREM', roomKey(room, 'left'), user)
  redis.call('SET', roomKey(room, 'opened'), text(nowMs), 'NX')
  return poseText
end
local function lostField(room, user) return room .. ' ' .. user end
`;

/** ARGV: room, user, capacity, connection, avatar, basis, pose, lease in ms, muted. @returns `FULL`, or epoch, slot and pose */
export const JOIN = `${PRELUDE}
local room, user, capacity = ARGV[1], ARGV[2], tonumber(ARGV[3])
local known = redis.call('HGET', roomKey(room, 'seats'), user)
if not known and redis.call('HLEN', roomKey(room, 'seats')) >= capacity then return { 'FULL' } end
redis.call('HDEL', prefix .. 'lost', lostField(room, user))
local connection = ARGV[4]
if connection == '' then connection = redis.call('HGET', roomKey(room, 'watchers'), user) or '' end
local seat = { connection = connection, avatar = ARGV[5], basis = ARGV[6], joinedAt = nowMs, muted = ARGV[9] == '1', capacity = capacity }
if known then seat.slot = cjson.decode(known).slot end
local poseText = addSeat(room, user, seat, cjson.decode(ARGV[7]), tonumber(ARGV[8]))
return { seat.epoch, tostring(seat.slot), poseText }`;

/** ARGV: room, user, epoch or an empty string. @returns 1 if a seat was removed */
export const LEAVE = `${PRELUDE}
redis.call('HDEL', prefix .. 'lost', lostField(ARGV[1], ARGV[2]))
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
for _, field in ipairs(redis.call('HKEYS', prefix .. 'lost')) do
  if string.sub(field, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then redis.call('HDEL', prefix .. 'lost', field) end
end
return users`;

/**
 * Moves the avatars of one room, or of several. The text of a stored pose is taken apart and put together as text, since reading and
 * writing JSON would be most of the cost. `only` is the room of all moves, or nil if each move names its room.
 */
const MOVING = `
local function moveAll(first, only, burst, speed, lease)
local step = only and 3 or 4
local nowText = text(nowMs)
local version = tickClock()
local rooms, names = {}, {}
for index = first, #ARGV, step do
  local name, user = only or ARGV[index], ARGV[index + step - 3]
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
-- The connection of a seat. The text of a seat has these characters nowhere else, as quotes within values are escaped.
local function boundTo(seatText)
  return (string.gsub(string.match(seatText, '"connection":"([^"]*)"'), '\\\\/', '/'))
end
local MOVED = '^{"x":([^,]+),"y":([^,]+),"z":([^,]+),"slot":(%d+),"at":(%d+),"allowance":([^,]+),' ..
  '"rotation":(%b{}),"animation":("[^"]*"),"expression":("[^"]*")}$'
local function partsOf(poseText)
  local x, y, z, slot, at, allowance, rotation, animation, expression = string.match(poseText, MOVED)
  if x then return x, y, z, slot, at, allowance, rotation, animation, expression end
  local pose = cjson.decode(poseText) -- as a join writes it
  return tostring(pose.x), tostring(pose.y), tostring(pose.z), text(pose.slot), text(pose.at), tostring(pose.allowance),
    cjson.encode(pose.rotation), cjson.encode(pose.animation), cjson.encode(pose.expression)
end
local function own(given, before) if given == '' then return before else return given end end
local results = {}
for index = first, #ARGV, step do
  local name, user, connection = only or ARGV[index], ARGV[index + step - 3], ARGV[index + step - 2]
  local room = rooms[name]
  local at = room.at[user]
  local seatText, poseText = room.seatTexts[at], room.poses[user] or room.poseTexts[at]
  local result = 'OK'
  if not seatText or not poseText then result = 'ABSENT'
  else
    local bound = boundTo(seatText)
    if connection ~= '' and bound ~= '' and bound ~= '*' and bound ~= connection then
      result = 'ELSEWHERE'
    else
      local oldX, oldY, oldZ, slot, movedAt, allowance, oldRotation, oldAnimation, oldExpression = partsOf(poseText)
      local x, y, z, rotation, animation, expression =
        string.match(ARGV[index + step - 1], '^([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*)$')
      x, y, z = own(x, oldX), own(y, oldY), own(z, oldZ)
      local left = math.min(burst, allowance + math.max(0, nowMs - movedAt) / 1000 * speed)
        - math.sqrt((x - oldX) ^ 2 + (y - oldY) ^ 2 + (z - oldZ) ^ 2)
      if left < 0 then result = 'FAST'
      else
        room.poses[user] = '{"x":' .. x .. ',"y":' .. y .. ',"z":' .. z .. ',"slot":' .. slot .. ',"at":' .. nowText ..
          ',"allowance":' .. string.format('%.3f', left) .. ',"rotation":' .. own(rotation, oldRotation) ..
          ',"animation":' .. own(animation, oldAnimation) .. ',"expression":' .. own(expression, oldExpression) .. '}'
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
    poses[#poses + 1] = pose
    changes[#changes + 1] = version
    changes[#changes + 1] = user
  end
  if #poses > 0 then
    redis.call('HSET', roomKey(name, 'poses'), unpack(poses))
    redis.call('ZADD', roomKey(name, 'changes'), unpack(changes))
  end
end
return results
end`;

/** Reads the changes of a room since a version. */
const READING = `
local function read(room, since)
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
return { clock, '0', opened, changed, left }
end`;

/**
 * ARGV: burst in metres, speed in metres per second, lease in ms; then for each move: room, user, connection, and x, y, z, rotation,
 * animation and expression as JSON, separated by spaces and empty if they stay. @returns for each move `OK`, `ABSENT`, `ELSEWHERE` or
 * `FAST`
 */
export const MOVE = `${PRELUDE}${MOVING}
return moveAll(4, nil, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))`;

/**
 * ARGV: room, version. @returns the clock, whether the state is whole, the time at which the room was opened, and three lists: changed
 * accounts with their poses, accounts that left, and for a whole state nothing in the latter. Every state is whole without a version.
 */
export const READ = `${PRELUDE}${READING}
return read(ARGV[1], ARGV[2])`;

/** ARGV: room, version; burst, speed and lease as in {@link MOVE}; then for each move its values without the room. @returns as MOVE and then READ */
export const TURN = `${PRELUDE}${MOVING}${READING}
local results = moveAll(6, ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
return { results, read(ARGV[1], ARGV[2]) }`;

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
redis.call('HDEL', prefix .. 'lost', lostField(ARGV[1], ARGV[2])) -- a join reads the sanction
local seatText = redis.call('HGET', roomKey(ARGV[1], 'seats'), ARGV[2])
if not seatText then return 0 end
local seat = cjson.decode(seatText)
seat.muted = ARGV[3] == '1'
redis.call('HSET', roomKey(ARGV[1], 'seats'), ARGV[2], cjson.encode(seat))
return 1`;
