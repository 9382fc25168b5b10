// Two people hold a meeting with the document's classes, in the order of its flow:
// meeting <origin> <host> <guest> <password>
// Prints each step that was reached. Exits with 0 only when all expected signals arrived.
#include "clients.h"
#undef private

#include <QCoreApplication>
#include <QJsonArray>
#include <QSignalSpy>
#include <QUrlQuery>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int PATIENCE_MS = 10'000;
const QString SDP = "v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=\"会议\" \\ 1\r\nt=0 0\r\n";

void step(const QString& heard) {
    std::printf("%s\n", qPrintable(heard));
    std::fflush(stdout);
}

[[noreturn]] void fail(const QString& why) {
    std::fprintf(stderr, "FAILED: %s\n", qPrintable(why));
    // Not std::exit, because its destructors must not run when this is called from within an event loop.
    std::_Exit(1);
}

void must(bool holds, const QString& what) {
    if (!holds) fail(what);
}

/** Returns the arguments of a signal's first emission, and waits for it. */
QVariantList first(QSignalSpy& signal) {
    must(!signal.isEmpty() || signal.wait(PATIENCE_MS), QString("no %1 came").arg(signal.signal()));
    return signal.at(0);
}

/** Returns the arguments of the signal's second emission, and waits for it. */
QVariantList second(QSignalSpy& signal) {
    must(signal.size() > 1 || signal.wait(PATIENCE_MS), QString("no second %1 came").arg(signal.signal()));
    return signal.at(1);
}

QJsonObject parsed(const QString& text) { return QJsonDocument::fromJson(text.toUtf8()).object(); }

struct Joined {
    int meetingId = 0;
    int userId = 0;
    QString peerId;
    QString signalingUrl;
};

class Caller : public APIClient {
public:
    explicit Caller(const QString& origin) : APIClient(origin) {}

    void signIn(const QString& username, const QString& password) {
        connect(this, &APIClient::loginFailed, [](const QString& error) { fail("loginFailed: " + error); });
        QSignalSpy success(this, &APIClient::loginSuccess);
        login(username, password);
        first(success);
    }

    /** Joins a meeting. The document's flow calls joinMeeting, which the class does not have. */
    Joined join(int meetingId) {
        QNetworkRequest request(QUrl(m_baseUrl + QString("/api/v1/meetings/%1/join").arg(meetingId)));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        request.setRawHeader("Authorization", ("Bearer " + m_token).toUtf8());
        QNetworkReply* reply = m_manager->post(request, "{}");
        QSignalSpy finished(reply, &QNetworkReply::finished);
        first(finished);
        must(reply->error() == QNetworkReply::NoError, "join: " + reply->errorString());
        const QJsonObject data = parsed(reply->readAll())["data"].toObject();
        reply->deleteLater();
        const QString url = data["signaling_url"].toString();
        // The class drops the user from the login's answer, and a join's answer has the user id only in this URL.
        const int userId = QUrlQuery(QUrl(url)).queryItemValue("user_id").toInt();
        return {data["meeting_id"].toInt(), userId, data["peer_id"].toString(), url};
    }
};

class Peer : public SignalingClient {
public:
    explicit Peer(const Joined& joined)
        : SignalingClient(joined.signalingUrl),
          opened(this, &SignalingClient::connected),
          offered(this, &SignalingClient::offerReceived),
          answered(this, &SignalingClient::answerReceived),
          texts(m_socket, &QWebSocket::textMessageReceived) {}

    QSignalSpy opened;
    QSignalSpy offered;
    QSignalSpy answered;

    /** Sends any other signaling message, because the class has only sendOffer. */
    void send(const QString& type, const QString& from, const QString& to, const QString& key, const QJsonValue& value) {
        const QJsonObject json{{"type", type}, {"from_peer_id", from}, {"to_peer_id", to}, {key, value}};
        m_socket->sendTextMessage(QJsonDocument(json).toJson());
    }

    /** Returns the first message of a type, because the class emits signals only for offers and answers. */
    QJsonObject heard(const QString& type) {
        for (qsizetype i = 0;; i++) {
            must(i < texts.size() || texts.wait(PATIENCE_MS), "no " + type + " came");
            const QJsonObject message = parsed(texts.at(i).at(0).toString());
            if (message["type"] == type) return message;
            must(message["type"] != "error", "told of an error: " + message["error"].toString());
        }
    }

private:
    QSignalSpy texts;
};

} // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const QStringList arguments = app.arguments();
    must(arguments.size() == 5, "arguments: <origin> <host> <guest> <password>");
    const QString password = arguments[4];
    Caller host(arguments[1]);
    Caller guest(arguments[1]);
    // Has no time zone, because the class sends local times without one.
    const QDateTime start(QDate(2031, 2, 3), QTime(4, 5, 6));

    QSignalSpy refused(&host, &APIClient::meetingCreationFailed);
    host.createMeeting("Not signed in", start);
    must(!first(refused)[0].toString().isEmpty(), "refused without a word");
    step("meetingCreationFailed");

    host.signIn(arguments[2], password);
    guest.signIn(arguments[3], password);
    step("loginSuccess twice");

    QSignalSpy created(&host, &APIClient::meetingCreated);
    host.createMeeting("团队会议", start);
    // The class passes the whole answer instead of its data, where the flow looks for the meeting_id.
    const QJsonObject meeting = first(created)[0].toJsonObject()["data"].toObject();
    step("meetingCreated " + meeting["title"].toString() + " " + meeting["start_time"].toString());

    const int meetingId = meeting["meeting_id"].toInt();
    const Joined one = host.join(meetingId);
    const Joined other = guest.join(meetingId);
    must(one.meetingId == meetingId && other.meetingId == meetingId, "joined another meeting");
    must(!one.peerId.isEmpty() && one.peerId != other.peerId, "the peers have no names of their own");
    step("joined twice");

    Peer near(one);
    Peer far(other);
    first(near.opened);
    first(far.opened);
    step("connected twice");

    near.sendJoin(one.meetingId, one.userId, one.peerId);
    near.heard("joined");
    far.sendJoin(other.meetingId, other.userId, other.peerId);
    // Each client learns the other's public peer id from the room. The peer_id of a join's answer is secret to its
    // owner.
    const QString nearName = far.heard("joined")["peers"].toArray()[0].toObject()["peer_id"].toString();
    const QJsonObject arrival = near.heard("user-joined");
    must(arrival["user_id"] == other.userId, "somebody else joined");
    const QString farName = arrival["peer_id"].toString();
    must(nearName != one.peerId && farName != other.peerId, "the room gives away what opens a socket");
    step("user-joined");

    near.sendOffer(one.peerId, farName, SDP + "a=offer\r\n");
    must(first(far.offered) == QVariantList{nearName, SDP + "a=offer\r\n"}, "another offer came");
    step("offerReceived");

    far.send("answer", other.peerId, nearName, "sdp", SDP + "a=answer\r\n");
    must(first(near.answered) == QVariantList{farName, SDP + "a=answer\r\n"}, "another answer came");
    step("answerReceived");

    const QJsonObject candidate{
        {"candidate", "candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host"}, {"sdpMid", "0"}, {"sdpMLineIndex", 0}};
    const auto toFar = std::tuple(&near, one.peerId, nearName, &far, other.peerId, farName);
    const auto toNear = std::tuple(&far, other.peerId, farName, &near, one.peerId, nearName);
    for (auto [sender, own, name, receiver, receiversOwn, receiversName] : {toFar, toNear}) {
        sender->send("ice-candidate", own, receiversName, "candidate", candidate);
        const QJsonObject heard = receiver->heard("ice-candidate");
        must(heard["from_peer_id"] == name && heard["candidate"] == candidate, "another candidate came");
        must(heard["to_peer_id"] == receiversOwn, "it was for somebody else");
    }
    step("ice-candidate both ways");

    // As in the document's flow, each client uses the peer_id values of the join answers for itself and for the
    // other.
    near.sendOffer(one.peerId, other.peerId, SDP + "a=again\r\n");
    must(second(far.offered) == QVariantList{nearName, SDP + "a=again\r\n"}, "another second offer came");
    far.send("answer", other.peerId, one.peerId, "sdp", SDP + "a=again\r\n");
    must(second(near.answered) == QVariantList{farName, SDP + "a=again\r\n"}, "another second answer came");
    step("offer and answer by the names that joining gave");

    must(near.offered.isEmpty() && near.answered.size() == 2, "the host heard more than the answer");
    must(far.answered.isEmpty() && far.offered.size() == 2, "the guest heard more than the offer");
    return 0;
}
